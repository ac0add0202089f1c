import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discountPercent, formatCents, lineCents, totalCents } from '../src/price-list.js';

test('a few pieces cost the list price', () => {
  assert.equal(discountPercent(9), 0);
  assert.equal(lineCents({ unitCents: 250, quantity: 3 }), 750);
});

test('ten pieces are five percent cheaper', () => {
  assert.equal(lineCents({ unitCents: 200, quantity: 10 }), 1900);
});

test('a hundred pieces are ten percent cheaper', () => {
  assert.equal(lineCents({ unitCents: 200, quantity: 100 }), 18_000);
});

test('half a cent is rounded up', () => {
  assert.equal(lineCents({ unitCents: 1, quantity: 50 }), 48);
});

test('tax is added to the sum, not to each line', () => {
  const lines = [
    { unitCents: 3, quantity: 1 },
    { unitCents: 3, quantity: 1 },
  ];
  assert.equal(totalCents(lines, { taxPercent: 10 }), 7);
  assert.equal(totalCents([], { taxPercent: 10 }), 0);
});

test('prices and quantities that are none are refused', () => {
  assert.throws(() => lineCents({ unitCents: 9.99, quantity: 1 }), RangeError);
  assert.throws(() => lineCents({ unitCents: 100, quantity: 0 }), RangeError);
});

test('amounts are written for people', () => {
  assert.equal(formatCents(123_450, 'EUR'), '1,234.50 EUR');
  assert.equal(formatCents(5, 'EUR'), '0.05 EUR');
});
