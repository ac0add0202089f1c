/** Shorter values are not masked: they occur in texts by chance. */
const shortestSecret = 4;

/** The shortest secret whose encoded forms are masked; those of shorter ones occur in too many texts by chance. */
const shortestEncoded = 8;

/**
 * The longest secret whose encoded forms are masked: enough for tokens and keys, and it limits the number of patterns.
 */
const longestEncoded = 1024;

/** The lines of `base64` and of `openssl base64`. */
const lineWidths = [76, 64];

/**
 * Returns the texts to mask for a secret: each of its lines as it is, in JSON, percent-encoded, and in base64 (also as
 * part of a longer text such as `user:password`; in lines only if the secret is encoded by itself).
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

/** Encoders differ in the characters they encode, the case of hex digits, and the encoding of a blank. */
function percentEncoded(text: string): string[] {
  // encodeURIComponent throws for a lone surrogate.
  if (/\p{Surrogate}/u.test(text)) return [];
  const component = encodeURIComponent(text);
  const strict = component.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict].flatMap((form) => [form, form.replaceAll('%2F', '/')]);
  const withPlus = [...forms, ...forms.map((form) => form.replaceAll('%20', '+'))];
  return withPlus.flatMap((form) => [form, form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

/**
 * Returns the base64 characters that depend only on the secret, for each of its three possible offsets in a group of
 * three bytes.
 */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isLastWhole = (before + bytes.length) % 3 === 0;
    const own = padded.slice([0, 2, 3][before], isLastWhole ? undefined : -1);
    const wrapped = before === 0 ? lineWidths.flatMap((width) => linesOf(own, width)) : [];
    return [own, ...wrapped].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
  });
}

/** Returns the lines of a long text; a short last one occurs in too many texts by chance. */
function linesOf(text: string, width: number): string[] {
  const lines = text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return lines.length < 2 ? [] : lines.filter(({ length }) => length >= shortestEncoded);
}
