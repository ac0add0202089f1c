import assert from 'node:assert';
import { test } from 'node:test';
import { greet } from '../src/greet.mjs';

test('greets by name', () => {
  assert.equal(greet('Mill'), 'Hello, Mill!');
});
