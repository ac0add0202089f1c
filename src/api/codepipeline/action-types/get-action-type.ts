import { ServiceError } from '../../../contract/errors.ts';
import type {
  ActionType,
  ActionTypeDeclaration,
  ActionTypeExecutor,
  ActionTypeId,
} from '../../../contract/generated.ts';
import { actionTypePhrase } from '../../../engine/tick/start-action.ts';
import type { CataloguedActionType } from '../../../model/action-type.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { operation } from '../operation.ts';
import { everything } from '../resources.ts';

/** Bounds of `jobTimeout` in the model, in seconds; a longer time-out cannot be said in this shape. */
const jobTimeoutSeconds = { min: 60, max: 43_200 };

/** A type of AWS or a third party in the integration model's shape (behaviour A.12). */
export const getActionType = operation('GetActionType', {
  note: 'complete',
  resources: everything,
  async run(input, call, parts) {
    // The model's pattern lets no other owner than AWS and ThirdParty through.
    const id = input as ActionTypeId;
    const type = await findActionType(id, call, parts);
    const registered = await parts.store.registeredTypes.find(call.region, id);
    return { actionType: registered?.declaration ?? toDeclaration(type) };
  },
});

function toDeclaration({ definition, timeoutMs }: CataloguedActionType): ActionTypeDeclaration {
  return {
    id: definition.id,
    executor: executorOf(timeoutMs),
    permissions: { allowedAccounts: ['*'] },
    inputArtifactDetails: definition.inputArtifactDetails,
    outputArtifactDetails: definition.outputArtifactDetails,
    properties: (definition.actionConfigurationProperties ?? []).map((property) => ({
      name: property.name,
      optional: !property.required,
      key: property.key,
      noEcho: property.secret,
      queryable: property.queryable,
      description: property.description,
    })),
    urls: urlsOf(definition),
  };
}

/** Every type of ours is performed by workers that take jobs from the queue, those inside the server included. */
function executorOf(timeoutMs: number): ActionTypeExecutor {
  const seconds = timeoutMs / 1000;
  const isSayable = seconds >= jobTimeoutSeconds.min && seconds <= jobTimeoutSeconds.max;
  return {
    type: 'JobWorker',
    configuration: { jobWorkerExecutorConfiguration: {} },
    jobTimeout: isSayable ? seconds : undefined,
  };
}

function urlsOf({ settings }: ActionType): ActionTypeDeclaration['urls'] {
  if (!settings) return undefined;
  const { thirdPartyConfigurationUrl: configurationUrl, ...templates } = settings;
  return { configurationUrl, ...templates };
}

/** The action type of this id, or ActionTypeNotFoundException (operations 2). */
export async function findActionType(
  id: ActionTypeId,
  call: Call,
  { store }: Dependencies,
): Promise<CataloguedActionType> {
  const type = await store.actionTypes.find(call, id);
  if (type) return type;
  throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(id)} is not available`);
}
