import type { CallEnd } from '../model/call-end.ts';
import { queueOfWake } from '../model/job.ts';
import type { Origin } from '../model/job-event.ts';
import type { ClaimedQueue, JobRecord, Store } from '../store/store.ts';
import { Ticks } from './coarse-timers.ts';
import { type EmptyQueues, partOf } from './empty-queue-cache.ts';

/** Looks for one part of a queue at a time, however many polls wait for it: enough to share a commit, no stampede. */
const maxLooks = 16;

/** When to look again if a job is there and cannot be had, as when another node is just claiming it. */
const contendedMs = 20;

/** When to look again if nothing is known of the queue, as when more is to be remembered than there is room for. */
const unknownMs = 1000;

/** A poll that waits. */
interface HeldPoll {
  /** Jobs it takes at most, and for how long they are its own. */
  limit: number;
  leaseMs: number;
  origin: Origin;
  /** At most so long, in ms. */
  waitMs: number;
  /** Aborts when nobody waits for the answer any more. */
  signal: CallEnd;
}

/**
 * Polls that wait for a job, those for the same part of a queue in one line. Whoever stands first looks for all. A wake
 * lets one more look; who gets a job lets the next one look, or two when a job was got before, so that many jobs are
 * soon handed out and one job makes few look in vain. When nothing is there all go on waiting until something may be.
 */
export interface HeldPolls {
  /** The jobs it got; none when its time is over or its client has gone. */
  hold(wanted: ClaimedQueue, poll: HeldPoll): Promise<JobRecord[]>;
}

/** Nobody waits yet. */
export function createHeldPolls(
  store: Pick<Store, 'wakes'>,
  { emptyQueues, now }: { emptyQueues: EmptyQueues; now: () => number },
): HeldPolls {
  const lines = new Map<string, Line>();
  const ticks = new Ticks();
  store.wakes.onWake((name) => {
    if (name === undefined) {
      for (const line of [...lines.values()]) line.wake();
      return;
    }
    lines.get(name)?.wake();
    const queue = queueOfWake(name);
    if (queue !== undefined) lines.get(queue)?.wake();
  });
  return {
    hold(wanted, poll) {
      if (poll.signal.aborted) return Promise.resolve([]);
      const name = partOf(wanted);
      let line = lines.get(name);
      if (line === undefined) {
        line = new Line(wanted, { emptyQueues, now, ticks, onEmpty: () => lines.delete(name) });
        lines.set(name, line);
      }
      return line.join(poll);
    },
  };
}

/** A poll in line. */
class Standing {
  readonly poll: HeldPoll;
  /** Resolves with what the poll is answered. */
  readonly answer: Promise<JobRecord[]>;
  isLooking = false;
  /** Its time is over, or its client has gone. */
  isOver = false;
  #resolve: (records: JobRecord[]) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #ticks: Ticks;
  readonly #tick: number;
  readonly #over: () => void;

  constructor(poll: HeldPoll, ticks: Ticks, onOver: (standing: Standing) => void) {
    this.poll = poll;
    this.#ticks = ticks;
    this.#over = () => {
      this.isOver = true;
      onOver(this);
    };
    this.#tick = ticks.add(this.#over, poll.waitMs);
    poll.signal.addEventListener('abort', this.#over);
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  end(records: JobRecord[]): void {
    this.#leave();
    this.#resolve(records);
  }

  fail(error: unknown): void {
    this.#leave();
    this.#reject(error);
  }

  #leave(): void {
    this.#ticks.remove(this.#over, this.#tick);
    this.poll.signal.removeEventListener('abort', this.#over);
  }
}

interface LineParts {
  emptyQueues: EmptyQueues;
  now: () => number;
  ticks: Ticks;
  /** Nobody stands here any more. */
  onEmpty: () => void;
}

/** The polls for one part of a queue. While any of them waits, one looks or it is known until when nothing is there. */
class Line {
  readonly #wanted: ClaimedQueue;
  readonly #parts: LineParts;
  /** In the order in which they came. */
  readonly #standing = new Set<Standing>();
  #looks = 0;
  /** Looks in a row that found something. */
  #found = 0;
  /** A wake that no look has followed yet. */
  #isWoken = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onOver = (standing: Standing): void => {
    // One that looks is answered by what it finds.
    if (!standing.isLooking) this.#leave(standing, () => standing.end([]));
  };

  constructor(wanted: ClaimedQueue, parts: LineParts) {
    this.#wanted = wanted;
    this.#parts = parts;
  }

  join(poll: HeldPoll): Promise<JobRecord[]> {
    const standing = new Standing(poll, this.#parts.ticks, this.#onOver);
    this.#standing.add(standing);
    if (!this.#isKnownEmpty()) this.#look();
    else if (this.#timer === undefined) this.#rest();
    return standing.answer;
  }

  wake(): void {
    this.#isWoken = true;
    this.#look();
  }

  #isKnownEmpty(): boolean {
    return this.#parts.now() < this.#parts.emptyQueues.emptyUntil(this.#wanted);
  }

  /** Lets the first of those who do not look already look. */
  #look(): void {
    if (this.#looks >= maxLooks) return;
    for (const standing of this.#standing) {
      if (standing.isLooking) continue;
      this.#isWoken = false;
      this.#looks += 1;
      standing.isLooking = true;
      this.#claim(standing.poll).then(
        (records) => this.#looked(standing, records),
        (error: unknown) => {
          this.#looks -= 1;
          this.#leave(standing, () => standing.fail(error));
          this.#rest(unknownMs);
        },
      );
      return;
    }
  }

  #claim({ limit, leaseMs, origin }: HeldPoll): Promise<JobRecord[]> {
    const { emptyQueues, now } = this.#parts;
    const at = now();
    return emptyQueues.claim({ ...this.#wanted, limit, at, leaseUntil: at + leaseMs, origin });
  }

  #looked(standing: Standing, records: JobRecord[]): void {
    this.#looks -= 1;
    standing.isLooking = false;
    if (records.length > 0) {
      this.#found += 1;
      this.#leave(standing, () => standing.end(records));
      this.#look();
      if (this.#found > 1) this.#look();
    } else {
      this.#found = 0;
      if (standing.isOver) this.#leave(standing, () => standing.end([]));
      if (this.#isWoken) this.#look();
    }
    this.#rest();
  }

  #leave(standing: Standing, end: () => void): void {
    this.#standing.delete(standing);
    end();
    if (this.#standing.size > 0) return;
    clearTimeout(this.#timer);
    this.#parts.onEmpty();
  }

  /** When nobody looks: sleeps until something may be there. */
  #rest(sleepMs = this.#sleepMs()): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#looks > 0 || this.#standing.size === 0) return;
    this.#timer = setTimeout(() => void this.#sweep(), sleepMs);
  }

  #sleepMs(): number {
    const until = this.#parts.emptyQueues.emptyUntil(this.#wanted);
    if (until === Number.NEGATIVE_INFINITY) return unknownMs;
    const sleepMs = until - this.#parts.now();
    return sleepMs > 0 ? sleepMs : contendedMs;
  }

  /** A read for all who wait; only when something is there somebody claims. */
  async #sweep(): Promise<void> {
    this.#looks += 1;
    let sleepMs: number | undefined;
    try {
      if (!this.#isKnownEmpty()) await this.#parts.emptyQueues.look(this.#wanted);
    } catch {
      // Whoever looks next is told what is wrong.
      sleepMs = unknownMs;
    }
    this.#looks -= 1;
    if (sleepMs === undefined && !this.#isKnownEmpty()) this.#look();
    this.#rest(sleepMs);
  }
}
