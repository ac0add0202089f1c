/** Says why an event pattern is invalid, in the service's words where they are known. */
export class PatternError extends Error {}
