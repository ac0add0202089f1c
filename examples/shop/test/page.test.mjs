import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrice, renderPage } from '../src/page.mjs';

test('prices have two digits', () => {
  assert.equal(formatPrice(5), '0.05');
  assert.equal(formatPrice(1295), '12.95');
});

test('names are escaped', () => {
  const page = renderPage({ version: '1', prices: [{ name: '<b>', cents: 100 }] });
  assert.match(page, /<td>&lt;b><\/td><td>1\.00<\/td>/);
});
