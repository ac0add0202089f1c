/** The subset of AbortSignal that operations use; it aborts when the caller has gone away. */
export interface CallEnd {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
