import { archiveDefaults } from './archives.ts';
import { logFormats, numberBetween, oneOf, parseEndpoint } from './parsers.ts';

/** The row of the server that a worker or a runner works for. */
export const endpointRow = {
  endpoint: {
    option: '--endpoint',
    env: 'AWS_ENDPOINT_URL',
    placeholder: 'url',
    // Without an endpoint the SDK would call AWS.
    required: 'set it or AWS_ENDPOINT_URL to the URL of the server, or run: eval "$(millrace env)"',
    parse: parseEndpoint,
    description: 'URL of the server.',
  },
} as const;

/** Returns the rows of the limits of what is unpacked; `archive` says in words what that is, such as 'an input artifact'. */
export function unpackingRows(archive: string) {
  return {
    archiveEntries: {
      option: '--archive-entries',
      placeholder: 'number',
      default: archiveDefaults.entries,
      parse: numberBetween(1, 10_000_000, 'entries', 3),
      description: `Most entries of ${archive}.`,
    },
    archiveMib: {
      option: '--archive-mib',
      placeholder: 'MiB',
      default: archiveDefaults.mib,
      parse: numberBetween(1, 100_000_000, 'MiB', 3),
      description: `Most MiB that ${archive} may unpack to.`,
    },
    archiveRatio: {
      option: '--archive-ratio',
      placeholder: 'number',
      default: archiveDefaults.ratio,
      parse: numberBetween(1, 2000, '', 3),
      description: `How many times its own size ${archive} may unpack to; checked above 100 MiB.`,
    },
  };
}

/** The row of the form in which these commands log. */
export const logFormatRow = {
  logFormat: {
    option: '--log-format',
    placeholder: 'format',
    default: 'auto',
    parse: oneOf(logFormats),
    description: 'Format of the log: text, json, or auto (text on a terminal, else json).',
  },
} as const;
