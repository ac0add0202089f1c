import { expect, test } from 'vitest';
import { createPace } from './pace-calls.ts';

test('calls follow each other, with pauses as long as they took, also after a failure', async () => {
  let now = 0;
  const events: string[] = [];
  const pace = createPace({
    elapsed: () => now,
    sleep: async (ms) => {
      events.push(`pause ${ms}`);
      now += ms;
    },
  });
  const call = (name: string, ms: number, fails = false) =>
    pace(async () => {
      events.push(`${name} at ${now}`);
      await Promise.resolve();
      now += ms;
      if (fails) throw new Error(name);
      return name;
    });
  const answers = await Promise.allSettled([call('a', 10), call('b', 20, true), call('c', 10_000), call('d', 1)]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(events).toEqual([
    'a at 0',
    'pause 10',
    'b at 20',
    'pause 20',
    'c at 60',
    'pause 250',
    'd at 10310',
    'pause 1',
  ]);
});
