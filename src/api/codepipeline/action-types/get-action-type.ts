import { ServiceError } from '../../../contract/errors.ts';
import type {
  ActionType,
  ActionTypeDeclaration,
  ActionTypeExecutor,
  ActionTypeId,
} from '../../../contract/generated.ts';
import { actionTypePhrase, type CataloguedActionType } from '../../../model/action-type.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { operation } from '../operation.ts';
import { everything } from '../resources.ts';

/** Bounds of `jobTimeout` in the model, in seconds; this shape can't express any other timeout. */
const jobTimeoutSeconds = { min: 60, max: 43_200 };

/** Returns an action type of AWS or a third party in the shape of the integration model (behaviour A.12). */
export const getActionType = operation('GetActionType', {
  note: 'complete',
  resources: everything,
  async run(input, call, dependencies) {
    // The model's pattern admits only the owners AWS and ThirdParty.
    const id = input as ActionTypeId;
    const type = await findActionType(id, call, dependencies);
    const registered = await dependencies.store.registeredTypes.find(call.region, id);
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

/** Every type is a job worker's: built-in providers take their jobs from the same queue. */
function executorOf(timeoutMs: number): ActionTypeExecutor {
  const seconds = timeoutMs / 1000;
  const isExpressible = seconds >= jobTimeoutSeconds.min && seconds <= jobTimeoutSeconds.max;
  return {
    type: 'JobWorker',
    configuration: { jobWorkerExecutorConfiguration: {} },
    jobTimeout: isExpressible ? seconds : undefined,
  };
}

function urlsOf({ settings }: ActionType): ActionTypeDeclaration['urls'] {
  if (!settings) return undefined;
  const { thirdPartyConfigurationUrl: configurationUrl, ...templates } = settings;
  return { configurationUrl, ...templates };
}

/** Returns an action type. Throws ActionTypeNotFoundException (operations 2). */
export async function findActionType(
  id: ActionTypeId,
  call: Call,
  { store }: Dependencies,
): Promise<CataloguedActionType> {
  const type = await store.actionTypes.find(call, id);
  if (type) return type;
  throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(id)} is not available`);
}
