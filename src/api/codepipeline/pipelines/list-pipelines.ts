import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { everything } from '../resources.ts';

/** AWS does not document its default; its maximum and the quota of pipelines are both 1000. */
const defaultPageSize = 1000;

/** Lists the pipelines of the account and region by name. */
export const listPipelines = operation('ListPipelines', {
  note: 'complete',
  resources: everything,
  async run(input, call, { store, sealer }) {
    const limit = input.maxResults ?? defaultPageSize;
    const belongsTo = ['ListPipelines', call.account, call.region];
    const afterName = readPageToken<string>(sealer, belongsTo, input.nextToken) ?? '';
    const rows = await store.pipelines.summarize(call, { afterName, limit: limit + 1 });
    const { items, nextToken } = cutPage(rows, limit, ({ pipeline }) =>
      createPageToken(sealer, belongsTo, pipeline.name),
    );
    return {
      pipelines: items.map(({ pipeline, pipelineType, executionMode }) => ({
        name: pipeline.name,
        version: pipeline.version,
        pipelineType,
        executionMode,
        created: toSeconds(pipeline.createdAt),
        updated: toSeconds(pipeline.updatedAt),
      })),
      nextToken,
    };
  },
});
