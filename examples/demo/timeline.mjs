// What a person reads: one line for each event, the milliseconds since the start at the left.

const styles = { dim: '2', bold: '1', green: '32', red: '31', cyan: '36' };
const millisecondColumns = 7;
const whoColumns = 9;
const margin = ' '.repeat(millisecondColumns + whoColumns + 4);

/** Colours are for terminals, and for people who did not decline them (no-color.org). */
function createPaint(stream, environment) {
  const isColoured = Boolean(stream.isTTY) && !environment.NO_COLOR;
  return (style, text) => (isColoured ? `\x1b[${styles[style]}m${text}\x1b[0m` : text);
}

/** A duration as it is printed: one decimal while it is small. */
export function inMs(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The first characters of something too long, or too secret, to be printed whole. */
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

/** A timeline that starts now and writes to `stream`. */
export function createTimeline({ stream, environment }) {
  const startedAt = performance.now();
  const paint = createPaint(stream, environment);
  const write = (line = '') => stream.write(`${line}\n`);
  const elapsedMs = () => performance.now() - startedAt;
  return {
    elapsedMs,
    /** A heading. */
    chapter(title) {
      write();
      write(paint('bold', title));
    },
    /** Who did what, now. */
    tell(who, text) {
      const ms = String(Math.round(elapsedMs())).padStart(millisecondColumns);
      write(`${paint('dim', ms)}  ${paint('cyan', who.padEnd(whoColumns))}  ${text}`);
    },
    /** More about the event above. */
    detail: (text) => write(`${margin}${paint('dim', text)}`),
    /** Something that worked, as it should. */
    opened: (text) => write(`${margin}${paint('green', '✓ allowed')}  ${text}`),
    /** Something that was refused, as it should be, with the code of the refusal. */
    refused: (text, code) => write(`${margin}${paint('red', '✗ refused')}  ${text}: ${code}`),
    /** How long one hop took. */
    hop: (label, ms) => write(`${margin}${paint('bold', `⏱ ${label}: ${inMs(ms)}`)}`),
    /** Rows of text cells under a head. */
    table(head, rows) {
      const [first, ...others] = tableLines([head, ...rows]);
      write();
      write(`  ${paint('bold', first)}`);
      for (const line of others) write(`  ${line}`);
    },
    line: write,
  };
}
