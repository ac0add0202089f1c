// The printed output: one line per event, with the milliseconds since the start on the left.

const styles = { dim: '2', bold: '1', green: '32', red: '31', cyan: '36' };
const millisecondColumns = 7;
const whoColumns = 9;
const margin = ' '.repeat(millisecondColumns + whoColumns + 4);

/** Only terminals get colours, unless NO_COLOR is set (no-color.org). */
function createPaint(stream, environment) {
  const isColoured = Boolean(stream.isTTY) && !environment.NO_COLOR;
  return (style, text) => (isColoured ? `\x1b[${styles[style]}m${text}\x1b[0m` : text);
}

/** Formats a duration in ms, with decimals if it is short. */
export function inMs(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Returns the first characters of a text that is too long, or too secret, to print. */
export function shorten(text, length = 8) {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

function tableLines(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...row[column]].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('   ')
      .trimEnd(),
  );
}

/** Starts a timeline that writes to `stream`. */
export function createTimeline({ stream, environment }) {
  const startedAt = performance.now();
  const paint = createPaint(stream, environment);
  const write = (line = '') => stream.write(`${line}\n`);
  const elapsedMs = () => performance.now() - startedAt;
  return {
    elapsedMs,
    /** Prints a heading. */
    chapter(title) {
      write();
      write(paint('bold', title));
    },
    /** Prints who did what, with the time. */
    log(who, text) {
      const ms = String(Math.round(elapsedMs())).padStart(millisecondColumns);
      write(`${paint('dim', ms)}  ${paint('cyan', who.padEnd(whoColumns))}  ${text}`);
    },
    /** Prints a detail of the event above. */
    detail: (text) => write(`${margin}${paint('dim', text)}`),
    /** Prints something that was allowed, as expected. */
    opened: (text) => write(`${margin}${paint('green', '✓ allowed')}  ${text}`),
    /** Prints something that was refused, as expected, and the error code. */
    refused: (text, code) => write(`${margin}${paint('red', '✗ refused')}  ${text}: ${code}`),
    /** Prints how long one hop took. */
    hop: (label, ms) => write(`${margin}${paint('bold', `⏱ ${label}: ${inMs(ms)}`)}`),
    /** Prints a table. */
    table(head, rows) {
      const [first, ...others] = tableLines([head, ...rows]);
      write();
      write(`  ${paint('bold', first)}`);
      for (const line of others) write(`  ${line}`);
    },
    line: write,
  };
}
