// @ts-check
// Signs calls like an AWS client (version 4), as cheaply as possible: the key of the day is derived once, and the whole
// request is one buffer. The AWS SDK spends more on a call than the server does, and would dominate the measurement.
import { createHmac, createSecretKey, hash } from 'node:crypto';

const signedHeaders = 'content-type;host;x-amz-date;x-amz-target';
const contentType = 'application/x-amz-json-1.1';
const targetPrefix = 'CodePipeline_20150709';

/** The region and the root key of every benchmark. */
export const region = 'us-east-1';
export const rootKey = { accessKeyId: 'AKIABENCHBENCHBENCH0', secretAccessKey: 'bench'.repeat(8) };

/**
 * Returns a function that creates the bytes of a signed call. A signature is valid for 15 minutes, and the server accepts
 * repeated requests, so the same bytes can be sent again and again.
 *
 * @param {string} url where the server listens
 */
export function createSigner(url) {
  const { host } = new URL(url);
  let day = '';
  let scope = '';
  /** @type {import('node:crypto').KeyObject | undefined} */
  let key;

  /**
   * @param {string} operation
   * @param {string} body
   * @param {{ at?: number, headers?: Record<string, string | number> }} [options] when it is signed, and headers
   *   that the signature doesn't cover
   */
  return (operation, body, { at = Date.now(), headers = {} } = {}) => {
    const date = `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    if (!key || !date.startsWith(day)) {
      day = date.slice(0, 8);
      scope = `${day}/${region}/codepipeline/aws4_request`;
      key = signingKey(scope);
    }
    const target = `${targetPrefix}.${operation}`;
    const canonical =
      `POST\n/\n\ncontent-type:${contentType}\nhost:${host}\nx-amz-date:${date}\nx-amz-target:${target}\n\n` +
      `${signedHeaders}\n${hash('sha256', body)}`;
    const signature = createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical)}`)
      .digest('hex');
    const more = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    return Buffer.from(
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\nX-Amz-Target: ${target}\r\n` +
        `X-Amz-Date: ${date}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=${rootKey.accessKeyId}/${scope}, ` +
        `SignedHeaders=${signedHeaders}, Signature=${signature}\r\n${more}` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
}

/**
 * Derives the key that signs the calls of one day to one service.
 *
 * @param {string} scope `<yyyymmdd>/<region>/<service>/aws4_request`
 * @param {string} [secretAccessKey]
 */
export function signingKey(scope, secretAccessKey = rootKey.secretAccessKey) {
  /** @type {(key: Buffer, text: string) => Buffer} */
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  // A KeyObject, because Node.js 24 takes five times as long with a Buffer.
  return createSecretKey(scope.split('/').reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`)));
}
