import * as sdk from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { everyOperation } from '../support/requests/every-operation.ts';
import { serve } from '../support/servers/server.ts';

type AnyCommand = new (input: object) => Parameters<sdk.CodePipelineClient['send']>[0];

test('the official SDK calls all 44 operations and understands every response', async () => {
  const client = (await serve()).codePipeline();
  const outcomes: Record<string, string> = {};
  for (const [name, { input }] of Object.entries(everyOperation)) {
    const Command = (sdk as unknown as Record<string, AnyCommand>)[`${name}Command`];
    if (!Command) throw new Error(`the SDK has no ${name}`);
    // The SDK takes instants as Date; all other inputs are as on the wire.
    const given = JSON.parse(JSON.stringify(input), (key, value) =>
      key === 'created' ? new Date(value * 1000) : value,
    );
    outcomes[name] = await client.send(new Command(given)).then(
      () => 'ok',
      (error: Error) => error.name,
    );
  }
  const expected = Object.fromEntries(Object.entries(everyOperation).map(([name, { outcome }]) => [name, outcome]));
  expect(outcomes).toEqual(expected);
  expect(Object.keys(outcomes)).toHaveLength(44);
});
