import { expect, test } from 'vitest';
import { declaredValues } from './declared-values.ts';

const values = declaredValues([
  { kind: 'Parameter', name: '/shop/host', document: { value: 'db.example.com' } },
  { kind: 'Parameter', name: 'list', document: { values: ['a', 'b'] } },
  { kind: 'Parameter', name: '/shop/key', document: { secureValue: 'hidden' } },
  { kind: 'Secret', name: 'text', document: { value: 'plain' } },
  { kind: 'Secret', name: 'shop/db', document: { value: '{"user":"me","port":5432,"toString":"own"}' } },
]);

const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/shop/host';
const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db-a1B2c3';

test.each([
  ['/shop/host', 'db.example.com'],
  [arn, 'db.example.com'],
  ['list', 'a,b'],
  ['/shop/key', 'hidden'],
])('the parameter %s is %s', async (name, value) => {
  expect(await values.parameter(name)).toBe(value);
});

test.each([
  ['text', 'plain'],
  ['shop/db:user', 'me'],
  ['shop/db:port', '5432'],
  ['shop/db:user:AWSCURRENT:', 'me'],
  ['text:::', 'plain'],
  [secretArn, '{"user":"me","port":5432,"toString":"own"}'],
  [`${secretArn}:user`, 'me'],
])('the secret %s is %s', async (reference, value) => {
  expect(await values.secret(reference)).toBe(value);
});

test.each([
  ['nothing', "There is no secret 'nothing'. Declare it as a resource of the kind Secret."],
  ['shop/db:none', "The secret 'shop/db' has no key 'none'."],
  ['shop/db:hasOwnProperty', "The secret 'shop/db' has no key 'hasOwnProperty'."],
  ['text:user', "The secret 'text' is not a JSON object, so it has no key 'user'."],
])('the secret %s is refused', async (reference, message) => {
  await expect(values.secret(reference)).rejects.toThrow(message);
});

test('a parameter that is not declared is refused', async () => {
  await expect(values.parameter('/none')).rejects.toThrow("There is no parameter '/none'.");
});
