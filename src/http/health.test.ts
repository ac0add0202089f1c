import { expect, test } from 'vitest';
import { watchDatabase } from './health.ts';

/** A database whose answers are given by hand, and a clock that stands. */
function scene({ patienceMs }: { patienceMs?: number } = {}) {
  const questions: { answer(): void; fail(): void }[] = [];
  let at = 0;
  const isThere = watchDatabase({
    check: () => new Promise((resolve, reject) => questions.push({ answer: resolve, fail: () => reject(new Error()) })),
    now: () => at,
    patienceMs,
  });
  const pass = (ms: number) => {
    at += ms;
  };
  return { questions, isThere, pass };
}

test('any number of questions within a second are one to the database', async () => {
  const { questions, isThere, pass } = scene();
  const asked = [isThere(), isThere()];
  questions[0]?.answer();
  expect(await Promise.all(asked)).toEqual([true, true]);
  pass(999);
  expect(await isThere()).toBe(true);
  expect(questions).toHaveLength(1);
  pass(1);
  const again = isThere();
  expect(questions).toHaveLength(2);
  questions[1]?.fail();
  expect(await again).toBe(false);
  expect(await isThere()).toBe(false);
  pass(1000);
  const back = isThere();
  questions[2]?.answer();
  expect(await back).toBe(true);
});

test('a database that takes too long is told as gone, is not asked again meanwhile, and is believed when it answers', async () => {
  const { questions, isThere, pass } = scene({ patienceMs: 1 });
  expect(await isThere()).toBe(false);
  pass(60_000);
  expect(await isThere()).toBe(false);
  expect(questions).toHaveLength(1);
  questions[0]?.answer();
  await expect.poll(isThere).toBe(true);
  expect(questions).toHaveLength(1);
});
