// Writes the page of the price list to dist/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { renderPage } from './page.mjs';

const list = JSON.parse(readFileSync('prices.json', 'utf8'));
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.html', renderPage(list));
console.log(`dist/index.html has ${list.prices.length} prices`);
