import { webhookArn } from '../../../model/arn.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { operation } from '../operation.ts';
import { showWebhook } from './webhook.ts';

/** AWS does not document its default; this is the maximum. */
const defaultPageSize = 100;

/** Lists the webhooks of the account and region by name. */
export const listWebhooks = operation('ListWebhooks', {
  note: 'complete',
  resources: (_, scope) => [{ arn: webhookArn(scope, '*') }],
  async run(input, call, dependencies) {
    const { store, sealer } = dependencies;
    const limit = input.MaxResults ?? defaultPageSize;
    const belongsTo = ['ListWebhooks', call.account, call.region];
    const afterName = readPageToken<string>(sealer, belongsTo, input.NextToken) ?? '';
    const rows = await store.webhooks.list(call, { afterName, limit: limit + 1 });
    const { items, nextToken } = cutPage(rows, limit, ({ definition }) =>
      createPageToken(sealer, belongsTo, definition.name),
    );
    return { webhooks: items.map((webhook) => showWebhook(webhook, dependencies, 'clear')), NextToken: nextToken };
  },
});
