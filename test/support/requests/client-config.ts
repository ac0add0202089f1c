/** Who the servers of the tests belong to, and how clients sign for them. */
export const account = '123456789012';
export const region = 'us-east-1';
export const rootKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** The root key as servers, and the commands beside them, take it from their environment. */
export const rootKeyEnvironment = {
  MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
  MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
};

/** Keys a client signs with. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** An SDK client config against a server; no retries, so that every refusal is seen as it is. */
export function clientConfig(url: string, keys: Keys = rootKey) {
  return { endpoint: url, region, credentials: keys, maxAttempts: 1 };
}
