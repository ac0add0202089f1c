import type { ActionTypeDeclaration, ActionTypeId } from '../../contract/generated.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { RegisteredActionType, ThirdPartyClient } from '../../model/registered-type.ts';

/** Action types that partners have registered, each under an id of its own in its region. */
export interface RegisteredTypeRows {
  /**
   * False when the id is taken: by a built-in type, by a registered one, or by a deregistered one of another account,
   * whose clients' jobs nobody else may get. The same account's own comes back with the new declaration.
   */
  insert(type: RegisteredActionType, at: number): Promise<boolean>;
  /** Replaces the declaration of one that is registered; `revise` may refuse by throwing and may run more than once. */
  update(
    region: string,
    id: ActionTypeId,
    revise: (current: RegisteredActionType) => ActionTypeDeclaration,
  ): Promise<boolean>;
  /** It is found and listed as an action type no more. False when the account has registered no such type. */
  deregister(scope: Scope, id: ActionTypeId, at: number): Promise<boolean>;
  /** Whichever account has registered it, deregistered ones included. */
  find(region: string, id: ActionTypeId): Promise<RegisteredActionType | undefined>;
  /** What the account has registered in the region, by id; deregistered ones are left out. */
  list(scope: Scope): Promise<RegisteredActionType[]>;
}

/** The client ids under which partners know accounts. */
export interface ThirdPartyClientRows {
  insert(client: ThirdPartyClient): Promise<void>;
  /** Of a type, oldest first; of one account or of all. */
  list(region: string, typeKey: string, account?: string): Promise<ThirdPartyClient[]>;
  /** False when the type has none with this id. */
  delete(region: string, typeKey: string, clientId: string): Promise<boolean>;
}
