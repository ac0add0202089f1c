import { expect, test } from 'vitest';
import { watchDatabase } from './health.ts';

/** A database whose answers are given by hand, and a clock that stands. */
function scene({ timeoutMs }: { timeoutMs?: number } = {}) {
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

test('any number of questions within a second are one to the database', async () => {
  const { questions, health, pass } = scene();
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

test('a database that takes too long is told as gone, is not asked again meanwhile, and is believed when it answers', async () => {
  const { questions, health, pass } = scene({ timeoutMs: 1 });
  expect(await health()).toBe('no database');
  pass(60_000);
  expect(await health()).toBe('no database');
  expect(questions).toHaveLength(1);
  questions[0]?.answer();
  await expect.poll(health).toBe('ok');
  expect(questions).toHaveLength(1);
});
