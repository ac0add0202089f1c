import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A certificate with its chain, and its private key, both PEM. */
export interface TlsKeyPair {
  cert: Buffer;
  key: Buffer;
  /** When the certificate ends, in ms. */
  validUntil: number;
}

/** Reads both files and checks that they belong together; rejects with one sentence that says what to do. */
export async function loadTlsKeyPair(certFile: string, keyFile: string): Promise<TlsKeyPair> {
  const [cert, key] = await Promise.all([readPem('certificate', certFile), readPem('key', keyFile)]);
  const certificate = parseCertificate(cert, certFile);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw new Error(`The TLS key in ${keyFile} does not belong to the certificate in ${certFile}.`);
  }
  return { cert, key, validUntil: Date.parse(certificate.validTo) };
}

async function readPem(kind: 'certificate' | 'key', file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`The TLS ${kind} file ${file} cannot be read: ${reasons[code ?? ''] ?? message}.`);
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function parseCertificate(pem: Buffer, file: string): X509Certificate {
  try {
    // The class also accepts DER, which the server does not.
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return new X509Certificate(pem);
    throw new Error('no PEM');
  } catch {
    throw new Error(`The TLS certificate file ${file} holds no certificate in PEM form.`);
  }
}

function parseKey(pem: Buffer, file: string): KeyObject {
  // The error for a missing passphrase differs between versions of Node.js.
  if (pem.includes('ENCRYPTED')) {
    throw new Error(
      `The TLS key in ${file} is encrypted; give it without a passphrase, in a file only the server's user may read.`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`The TLS key file ${file} holds no private key in PEM form.`);
  }
}
