/** The account, region and root key of the test servers. */
export const account = '123456789012';
export const region = 'us-east-1';
export const rootKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** The root key in the form that servers and commands read from their environment. */
export const rootKeyEnvironment = {
  MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
  MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
};

/** The keys of a client. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Returns the config of an SDK client for a server, without retries, so that tests see every error. */
export function clientConfig(url: string, keys: Keys = rootKey) {
  return { endpoint: url, region, credentials: keys, maxAttempts: 1 };
}
