/** Shorter values are not masked: they are in every text by chance, and masking them would garble it. */
const shortestSecret = 4;

/** Encoded forms are looked for from this length on; those of shorter secrets are in too many texts by chance. */
const shortestEncoded = 8;

/** Encoded forms are looked for up to this length: enough for tokens and keys, and it bounds the number of patterns. */
const longestEncoded = 1024;

/**
 * The texts to mask for a secret: each of its lines as it is, as it stands in JSON, percent-encoded, and in base64 (in one
 * line, also as a part of a longer text such as `user:password`).
 */
export function formsOfSecret(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter(({ length }) => length >= shortestSecret);
  const encoded = secret.length <= longestEncoded ? [...new Set([secret, ...lines])] : [];
  const long = encoded.filter(({ length }) => length >= shortestEncoded);
  const forms = [...lines, ...lines.map(inJson), ...long.flatMap(percentEncoded), ...long.flatMap(inBase64)];
  return [...new Set(forms)].filter(({ length }) => length >= shortestSecret);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Encoders differ in what they leave alone, in the case of their digits and in how they write a blank. */
function percentEncoded(text: string): string[] {
  // A lone surrogate has no percent-encoded form.
  if (/\p{Surrogate}/u.test(text)) return [];
  const component = encodeURIComponent(text);
  const strict = component.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict].flatMap((form) => [form, form.replaceAll('%2F', '/')]);
  const withPlus = [...forms, ...forms.map((form) => form.replaceAll('%20', '+'))];
  return withPlus.flatMap((form) => [form, form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

/**
 * The characters of base64 that depend on the secret alone, for each of the three places in a group of three bytes where
 * it may begin.
 */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isLastWhole = (before + bytes.length) % 3 === 0;
    const own = padded.slice([0, 2, 3][before], isLastWhole ? undefined : -1);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
