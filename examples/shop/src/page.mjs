/** Returns the page of a price list. */
export function renderPage({ version, prices }) {
  const rows = prices.map(({ name, cents }) => `<tr><td>${escapeText(name)}</td><td>${formatPrice(cents)}</td></tr>`);
  return `<!doctype html>\n<title>Prices ${version}</title>\n<table>\n${rows.join('\n')}\n</table>\n`;
}

/** Formats cents as `12.95`. */
export function formatPrice(cents) {
  return (cents / 100).toFixed(2);
}

function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
