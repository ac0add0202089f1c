import type { AccessKeys } from '../identity/access-key.ts';
import type { Scope } from '../model/pipeline.ts';
import type { Store } from '../store/store.ts';

/** What the operations of our own API are built from. */
export interface AdminParts {
  accessKeys: AccessKeys;
  store: Pick<Store, 'registeredTypes' | 'thirdPartyClients'>;
  now(): number;
  newId(): string;
  /** Makes a fresh master key the current one and answers its version. */
  rotateMasterKey(): number;
}

/** One member of an input: its JSON type, whether it must be there, and what the reference says of it. */
export interface AdminMember {
  type: 'string' | 'strings' | 'structure';
  isRequired: boolean;
  sentence: string;
}

/** An input that has been checked against its members. */
export type AdminInput = Record<string, string | string[] | object | undefined>;

/** One operation of our own API, with what its reference page says. */
export interface AdminOperation {
  sentence: string;
  input: Record<string, AdminMember>;
  /** Members of the answer and what they mean. */
  output: Record<string, string>;
  run(input: AdminInput, account: string, parts: AdminParts, region: Scope['region']): Promise<object>;
}
