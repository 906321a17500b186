/** The frame of another page that shows a link of `&embed`. */
export const frameOf = (address: string): string =>
  `<iframe src="${address.replaceAll("&", "&amp;")}" title="lanewise playground" width="100%" height="640" ` +
  'style="border: 0"></iframe>';
