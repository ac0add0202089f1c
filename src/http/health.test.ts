import { expect, test } from 'vitest';
import { watchDatabase } from './health.ts';

/** Returns the health of a database that the test answers for, with a clock that the test moves. */
function setUp({ timeoutMs }: { timeoutMs?: number } = {}) {
  const questions: { answer(): void; fail(): void }[] = [];
  let at = 0;
  const health = watchDatabase({
    check: () => new Promise((resolve, reject) => questions.push({ answer: resolve, fail: () => reject(new Error()) })),
    now: () => at,
    timeoutMs,
  });
  const pass = (ms: number) => {
    at += ms;
  };
  return { questions, health, pass };
}

test('checks within a second share one query', async () => {
  const { questions, health, pass } = setUp();
  const asked = [health(), health()];
  questions[0]?.answer();
  expect(await Promise.all(asked)).toEqual(['ok', 'ok']);
  pass(999);
  expect(await health()).toBe('ok');
  expect(questions).toHaveLength(1);
  pass(1);
  const again = health();
  expect(questions).toHaveLength(2);
  questions[1]?.fail();
  expect(await again).toBe('no database');
  expect(await health()).toBe('no database');
  pass(1000);
  const back = health();
  questions[2]?.answer();
  expect(await back).toBe('ok');
});

test('a database that times out is unavailable, and is not queried again until it responds', async () => {
  const { questions, health, pass } = setUp({ timeoutMs: 1 });
  expect(await health()).toBe('no database');
  pass(60_000);
  expect(await health()).toBe('no database');
  expect(questions).toHaveLength(1);
  questions[0]?.answer();
  await expect.poll(health).toBe('ok');
  expect(questions).toHaveLength(1);
});
