import type {
  ActionType,
  ActionTypeDeclaration,
  ActionTypeId,
  ActionTypeProperty,
  ActionTypeSettings,
} from '../contract/generated.ts';
import type { CataloguedActionType } from './action-type.ts';

/** Time of a job whose type names none: that of all actions AWS gives no other (behaviour A.8). */
const defaultJobTimeoutMs = 60 * 60 * 1000;

/** An action type that a partner has registered here, in the integration model's shape (behaviour A.12). */
export interface RegisteredActionType {
  /** Of the partner. */
  account: string;
  region: string;
  declaration: ActionTypeDeclaration;
  /** Set when it is no longer offered; jobs that were handed out can still be reported. */
  isDeregistered?: true;
}

/** A pair of client id and client token, by which a partner knows one account; the token is nowhere but with its holder. */
export interface ThirdPartyClient {
  /** A lower-case UUID. */
  id: string;
  region: string;
  /** `Category/ThirdParty/Provider/Version`. */
  typeKey: string;
  /** Whose jobs it stands for. */
  account: string;
  tokenDigest: string;
  /** In ms. */
  createdAt: number;
}

/** The id of a declared type; what is registered has the owner ThirdParty. */
export function declaredTypeId({ id }: ActionTypeDeclaration): ActionTypeId {
  return id as ActionTypeId;
}

/** The type as the catalogue has it, in the shape of all other types. */
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

/** The accounts whose pipelines may use the type: those it allows ('*' is every one) and the partner's own. */
export function audienceOf({ account, declaration }: RegisteredActionType): string[] {
  return [...new Set([account, ...(declaration.permissions?.allowedAccounts ?? [])])];
}

/** Whether the account's workers may take the type's jobs: those it names, else the partner's own. */
export function mayPoll({ account, declaration }: RegisteredActionType, caller: string): boolean {
  const { pollingAccounts } = declaration.executor.configuration.jobWorkerExecutorConfiguration ?? {};
  return (pollingAccounts ?? [account]).includes(caller);
}

/** Whether everybody may use the type; then it can only change in ways that break no pipeline (behaviour A.12). */
export function isPublic({ permissions }: ActionTypeDeclaration): boolean {
  return permissions?.allowedAccounts.includes('*') ?? false;
}
