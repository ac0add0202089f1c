/** A caller that made a key, as it was then: the key may do no more than it. Policies are documents as JSON text. */
export interface KeyBound {
  arn: string;
  /** The role, when the caller was in a session of one. */
  roleArn?: string;
  policies: string[];
  sessionPolicy?: string;
}

/** One long-lived access key as stored; `sealedSecret` can be opened only with the master key, `createdAt` in ms. */
export interface AccessKeyRecord {
  accessKeyId: string;
  account: string;
  name: string;
  sealedSecret: string;
  createdAt: number;
  isRoot: boolean;
  /** What the key may do: policy documents as JSON text and names of managed policies. Empty for root. */
  policies: string[];
  /** Whoever made the key without being root; each has to allow what the key does. */
  bounds: KeyBound[];
}

/** The access keys of every account. A key belongs to an account and works in all of its regions. */
export interface AccessKeyStore {
  /** The key with this id, whichever account it belongs to; undefined when nobody has it. */
  find(accessKeyId: string): Promise<AccessKeyRecord | undefined>;
  /** Keeps a new key durably; rejects when the id is taken. */
  insert(record: AccessKeyRecord): Promise<void>;
  /** Keeps a root key if its account has none. */
  insertFirstRoot(record: AccessKeyRecord): Promise<void>;
  /** Every key of one account, oldest first. */
  list(account: string): Promise<AccessKeyRecord[]>;
  /** False when the account has no such key, and for its last root key, which stays. */
  delete(account: string, accessKeyId: string): Promise<boolean>;
}
