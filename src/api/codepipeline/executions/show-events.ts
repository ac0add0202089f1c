import type { ActionType, ActionTypeId } from '../../../contract/generated.ts';
import { renderEvent } from '../../../events/render-event.ts';
import { SealError } from '../../../identity/secrets/sealer.ts';
import type { SecretMask } from '../../../masking/secret-mask.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import type { Event } from '../../../model/event.ts';
import type { StoredEvent } from '../../../model/stored-event.ts';
import type { Dependencies } from '../../dependencies.ts';
import { maskOf } from '../pipelines/secret-masks.ts';
import { showConfiguration } from '../pipelines/shown-values.ts';
import { fillTemplate } from './url-templates.ts';

/** An event as readers get it, with its place among all events. */
export interface ShownEvent {
  event: Event;
  /** A cursor: reading goes on behind this event. */
  position: string;
  /** The pipeline that it is about. */
  pipelineId?: string;
}

/** Makes the events that readers get, without secrets. */
export async function showEvents(stored: readonly StoredEvent[], dependencies: Sources): Promise<ShownEvent[]> {
  const typeOf = createTypes(dependencies.store);
  const shown: ShownEvent[] = [];
  for (const one of stored) {
    const { position, pipelineId } = one;
    shown.push({ event: await showEvent(one, typeOf, dependencies), position, pipelineId });
  }
  return shown;
}

type Sources = Pick<Dependencies, 'store' | 'sealer'>;

async function showEvent(event: StoredEvent, typeOf: TypeOf, sources: Sources): Promise<Event> {
  switch (event.kind) {
    case 'approval':
      return renderEvent(event, { shown: { configuration: await configurationOf(event, sources) } });
    case 'action': {
      const type = await typeOf(event.pipeline, event.action.start.actionTypeId as ActionTypeId);
      const template = type?.settings?.executionUrlTemplate;
      if (template === undefined) return renderEvent(event);
      const configuration = await configurationOf(event, sources);
      const { externalExecutionId } = event.action.progress;
      const externalExecutionUrl = fillTemplate(template, type, { configuration, externalExecutionId });
      return renderEvent(event, { shown: { configuration, externalExecutionUrl } });
    }
    case 'pipeline':
      return renderEvent(event, event.sourceVariables && (await maskIn(event, sources)));
    case 'stage':
    case 'announced':
      return renderEvent(event);
    default:
      return event satisfies never;
  }
}

type EventOf<Kind extends StoredEvent['kind']> = Extract<StoredEvent, { kind: Kind }>;

/** Returns the configuration without secrets, also without those that came from variables. */
async function configurationOf(
  event: EventOf<'action' | 'approval'>,
  sources: Sources,
): Promise<Record<string, string>> {
  const mask = await maskIn(event, sources);
  return showConfiguration(event.action.start, () => mask);
}

/** Returns the mask of the secrets of an event's pipeline. */
async function maskIn(
  { pipeline, execution }: EventOf<'pipeline' | 'action' | 'approval'>,
  { store, sealer }: Sources,
): Promise<Pick<SecretMask, 'mask'>> {
  const declaration = await store.pipelines.declaration(pipeline.id, execution.pipelineVersion);
  try {
    return maskOf({}, declaration, pipeline, sealer);
  } catch (error) {
    // What shows a secret that can't be opened is unknown. The event must not keep others back.
    if (error instanceof SealError) return { mask: () => '****' };
    throw error;
  }
}

type TypeOf = ReturnType<typeof createTypes>;

/** Finds each type once for the events of a page. */
function createTypes(store: Dependencies['store']) {
  const found = new Map<string, Promise<ActionType | undefined>>();
  return (scope: { account: string; region: string }, id: ActionTypeId): Promise<ActionType | undefined> => {
    const key = JSON.stringify([scope.account, scope.region, actionTypeKey(id)]);
    const type = found.get(key) ?? store.actionTypes.find(scope, id).then((one) => one?.definition);
    found.set(key, type);
    return type;
  };
}
