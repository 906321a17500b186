import { describe, expect, it } from "vitest";
import { withoutUnread, withoutUnused } from "../../site/.vitepress/unused-styles.js";

describe("withoutUnused", () => {
  it("removes selectors with an optional class that no script has", () => {
    const styles = ".custom-block p,.title{color:red}.DocSearch-Hit{top:0}.VPTeam{top:0}.other{top:0}";
    expect(withoutUnused(styles, "h('div',{class:'DocSearch-Hit'})")).toBe(
      ".title{color:red}.DocSearch-Hit{top:0}.other{top:0}",
    );
  });
});

describe("withoutUnread", () => {
  it("keeps variables that a rule or a script reads", () => {
    const styles = ":root{--vp-a:1px;--vp-b:2px}p{top:var(--vp-a);left:var( --own)}";
    expect(withoutUnread(styles, "getPropertyValue('--vp-b')")).toBe(styles);
  });

  it("removes those that nothing reads, whole, and those that only such are set to", () => {
    const styles = `:root{--own:0;--vp-a:var(--vp-b);--vp-b:url("data:image/svg+xml;utf8,x");top:0}`;
    expect(withoutUnread(styles, "")).toBe(":root{--own:0;top:0}");
  });
});
