import type {
  ActionType,
  ActionTypeDeclaration,
  ActionTypeId,
  ActionTypeProperty,
  ActionTypeSettings,
} from '../contract/generated.ts';
import type { CataloguedActionType } from './action-type.ts';

/** The time-out of a job whose type declares none, AWS's usual one (behaviour A.8). */
const defaultJobTimeoutMs = 60 * 60 * 1000;

/** An action type registered by a partner, in the integration model's shape (behaviour A.12). */
export interface RegisteredActionType {
  /** The partner's account. */
  account: string;
  region: string;
  declaration: ActionTypeDeclaration;
  /** Set if it can no longer be used; delivered jobs can still be completed. */
  isDeregistered?: true;
}

/** A client id and token that a partner uses for one account. Only a digest of the token is stored. */
export interface ThirdPartyClient {
  /** A lower-case UUID. */
  id: string;
  region: string;
  /** `Category/ThirdParty/Provider/Version`. */
  typeKey: string;
  /** The account whose jobs it gives access to. */
  account: string;
  tokenDigest: string;
  /** In ms. */
  createdAt: number;
}

/** Returns the id of a declared type; registered types have the owner ThirdParty. */
export function declaredTypeId({ id }: ActionTypeDeclaration): ActionTypeId {
  return id as ActionTypeId;
}

/** Converts a declaration to the catalogue's shape. */
export function catalogued(declaration: ActionTypeDeclaration): CataloguedActionType {
  const { executor, properties = [], inputArtifactDetails, outputArtifactDetails } = declaration;
  const definition: ActionType = {
    id: declaredTypeId(declaration),
    settings: settingsOf(declaration),
    actionConfigurationProperties: properties.map(toProperty),
    inputArtifactDetails,
    outputArtifactDetails,
  };
  const timeoutMs = executor.jobTimeout === undefined ? defaultJobTimeoutMs : executor.jobTimeout * 1000;
  return { definition, timeoutMs, isTimedByJob: true };
}

function settingsOf({ urls }: ActionTypeDeclaration): ActionTypeSettings | undefined {
  if (!urls) return undefined;
  const { configurationUrl: thirdPartyConfigurationUrl, ...templates } = urls;
  return { thirdPartyConfigurationUrl, ...templates };
}

function toProperty({ name, optional, key, noEcho, queryable, description }: ActionTypeProperty) {
  return { name, description, required: !optional, key, secret: noEcho, queryable };
}

/** Returns the accounts whose pipelines may use the type: those it allows ('*' for all) and the partner's own. */
export function audienceOf({ account, declaration }: RegisteredActionType): string[] {
  return [...new Set([account, ...(declaration.permissions?.allowedAccounts ?? [])])];
}

/** Reports whether an account may poll for the type's jobs: one it names or, if it names none, the partner's. */
export function mayPoll({ account, declaration }: RegisteredActionType, caller: string): boolean {
  const { pollingAccounts } = declaration.executor.configuration.jobWorkerExecutorConfiguration ?? {};
  return (pollingAccounts ?? [account]).includes(caller);
}

/** Reports whether all accounts may use the type, which limits how it can change (behaviour A.12). */
export function isPublic({ permissions }: ActionTypeDeclaration): boolean {
  return permissions?.allowedAccounts.includes('*') ?? false;
}
