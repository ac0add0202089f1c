/**
 * The only time and the only chance a decision may use, so that it can be run again after a serialization failure
 * and tested a million times.
 */
export interface Moment {
  /** Milliseconds since the epoch. */
  at: number;
  /** A new lower-case UUID. */
  newId(): string;
  /** Seven random alphanumerics, the end of an artifact's object key (behaviour C.15). */
  newKeySuffix(): string;
}
