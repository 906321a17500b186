import type { CorpusName, TextData } from "./corpora.js";

/** The files of the texts that the page has. */
const urls: Readonly<Record<CorpusName, () => URL>> = {
  sonnets: () => new URL("./corpora/sonnets.txt", import.meta.url),
  alice: () => new URL("./corpora/alice.txt", import.meta.url),
};

const loaded = new Map<CorpusName, Promise<string>>();

/** The text itself; undefined where a link names one that it does not hold. @throws Error without the file */
export async function textOf(data: TextData): Promise<string | undefined> {
  if (data.name === "own") return data.text;
  const { name } = data;
  const coming = loaded.get(name) ?? fetched(urls[name]());
  loaded.set(name, coming);
  // The next attempt may have the network again.
  coming.catch(() => loaded.delete(name));
  return coming;
}

async function fetched(url: URL): Promise<string> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok)
    throw new Error(
      `The text could not be loaded${response ? `: HTTP ${response.status}` : ""}. Reload the page.`,
    );
  return response.text();
}
