import { ServiceError } from '../../contract/errors.ts';
import { type ShownEvent, showEvents } from '../codepipeline/executions/show-events.ts';
import type { Dependencies } from '../dependencies.ts';
import { ownOperation } from './operation.ts';
import { pipelineOrEvery } from './resources.ts';

const defaultPageSize = 100;

/** Events read at a time, and the most that one call looks at, however few of them it returns. */
const readAtOnce = 100;
const maxLooked = 1000;

const cursorForm = /^\d{1,15}\.\d{1,15}$/;

/** Lists events, the oldest first, after a cursor. */
export const listEvents = ownOperation('ListEvents', {
  resource: pipelineOrEvery,
  async run({ cursor, pipelineName, maxResults = defaultPageSize }, call, dependencies) {
    if (cursor === 'latest') return { events: [], cursor: await dependencies.store.events.latest(), hasMore: false };
    if (cursor !== undefined && !cursorForm.test(cursor)) {
      throw new ServiceError(
        'ValidationException',
        `'${cursor}' is no cursor of events. Give one from an earlier response, 'latest', or none to begin with the oldest event.`,
      );
    }
    const isWanted = ({ account, region, name }: NamedEvent) =>
      account === call.account && region === call.region && (pipelineName === undefined || name === pipelineName);
    return readPage({ cursor, maxResults, isWanted }, dependencies);
  },
});

interface NamedEvent {
  account: string;
  region: string;
  /** The pipeline's. */
  name?: string;
}

interface Page {
  cursor?: string;
  maxResults: number;
  isWanted(event: NamedEvent): boolean;
}

async function readPage({ cursor, maxResults, isWanted }: Page, { store, sealer }: Dependencies) {
  const events: ShownEvent[] = [];
  let position = cursor;
  let hasMore = true;
  for (let looked = 0; looked < maxLooked && hasMore && events.length < maxResults; looked += readAtOnce) {
    const limit = Math.min(readAtOnce, maxResults - events.length);
    const page = await store.events.read({ cursor: position, limit });
    const wanted = page.events.filter((event) =>
      isWanted(event.kind === 'announced' ? event.announcement : event.pipeline),
    );
    events.push(...(await showEvents(wanted, { store, sealer })));
    hasMore = page.hasMore;
    // Nothing more can be read until a transaction has ended.
    if (page.cursor === position) break;
    position = page.cursor;
  }
  return {
    events: events.map(({ event, position: own }) => ({ cursor: own, event: JSON.stringify(event) })),
    cursor: position ?? (await store.events.latest()),
    hasMore,
  };
}
