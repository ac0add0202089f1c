// Prices are whole cents, so that no sum is ever off by a fraction of the smallest coin.

/** Discount in percent for a quantity of one article: 5 from ten pieces on, 10 from a hundred pieces on. */
export function discountPercent(quantity) {
  if (quantity >= 100) return 10;
  if (quantity >= 10) return 5;
  return 0;
}

/** Price of one line in cents, discount included; half a cent is rounded up. */
export function lineCents({ unitCents, quantity }) {
  if (!Number.isInteger(unitCents) || unitCents < 0) throw new RangeError(`not a price in cents: ${unitCents}`);
  if (!Number.isInteger(quantity) || quantity < 1) throw new RangeError(`not a quantity: ${quantity}`);
  return Math.round((unitCents * quantity * (100 - discountPercent(quantity))) / 100);
}

/** Price of all lines in cents, with tax on their sum. */
export function totalCents(lines, { taxPercent = 0 } = {}) {
  const net = lines.reduce((sum, line) => sum + lineCents(line), 0);
  return net + Math.round((net * taxPercent) / 100);
}

/** Cents as people write them: `1,234.50 EUR`. */
export function formatCents(cents, currency) {
  const whole = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${String(cents % 100).padStart(2, '0')} ${currency}`;
}
