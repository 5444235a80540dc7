/**
 * Virtual time: the clock and the event loops of all simulated processes, in one real process.
 *
 * While `run` runs, timers, clocks and random numbers of the code under simulation come from here. The order of all events
 * follows from a seed. The session gets a process' clock; Meteor's observe drivers and the feed know the globals only, so these are
 * replaced too. Nothing waits: the clock jumps to the next event. Not `@sinonjs/fake-timers`, which knows one process: here
 * each process can stand still or end by itself, with all that it has scheduled.
 */

import TinyQueue from 'tinyqueue';
import type { CancelTimer, Clock } from '../src/base/time';
import { Random } from '../tools/random';

/** The order of an event loop: after a standstill, timers run before sockets are read, and immediates after that. */
const PHASES = { timer: 0, socket: 1, immediate: 2 } as const;
type Phase = keyof typeof PHASES;

/** How many events run before the real event loop has a turn. */
const BATCH = 1000;
/** The date at the start of virtual time, in ms since the epoch. */
const START_DATE = 1_700_000_000_000;

interface Event {
  at: number;
  readonly phase: number;
  order: number;
  readonly process: VirtualProcess;
  readonly run: () => void;
  isCancelled: boolean;
}

/** A process: it owns what it schedules. */
export class VirtualProcess {
  readonly #time: VirtualTime;
  readonly clock: Clock;
  standsStillUntil = 0;
  hasEnded = false;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.clock = {
      now: () => time.now,
      date: () => START_DATE + Math.floor(time.now),
      random: () => time.chance.fraction(),
      after: (ms, run) => {
        // As Node.js does: a time below 1 ms is 1 ms.
        const event = time.schedule(this, 'timer', Math.max(1, ms || 0), run);
        return () => {
          event.isCancelled = true;
        };
      },
      nextTurn: () => new Promise((resolve) => time.schedule(this, 'immediate', 0, resolve)),
    };
  }

  /** Runs something in this process, as if it had arrived on a socket. */
  post(run: () => void, delayMs = 0): void {
    this.#time.schedule(this, 'socket', delayMs, run);
  }

  /** Does nothing for a while, as a process whose event loop is blocked. */
  standStill(ms: number): void {
    this.standsStillUntil = this.#time.now + ms;
  }

  /** Drops everything that this process has scheduled, as `SIGKILL` does. */
  end(): void {
    this.hasEnded = true;
  }
}

/** The timer that `setTimeout` and the like return in a process. */
class VirtualTimer {
  /** `undefined`: it is cancelled. */
  cancelEvent: CancelTimer | undefined;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  cancel(): void {
    this.cancelEvent?.();
    this.cancelEvent = undefined;
  }
}

const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = globalThis;
const [realNow, realDate, realRandom] = [performance.now.bind(performance), Date.now, Math.random];

export class VirtualTime {
  readonly random: Random;
  /** The random numbers of the code under simulation. */
  readonly chance: Random;
  /** In ms since the start. */
  now = 0;
  /** Events that have run. */
  events = 0;
  /** A hash of the times of all events: equal for runs in which the same happened. */
  fingerprint = 0;
  readonly #queue = new TinyQueue<Event>([], (a, b) => a.at - b.at || a.phase - b.phase || a.order - b.order);
  /** The process whose code runs; `undefined`: code that is not simulated. */
  #current: VirtualProcess | undefined;
  #order = 0;
  #isOver = false;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.chance = this.random.fork('Math.random');
  }

  /** Runs a simulation in a process of its own, until it has ended. */
  async run<Result>(simulation: (driver: VirtualProcess) => Promise<Result>): Promise<Result> {
    const driver = new VirtualProcess(this);
    this.install();
    try {
      return await new Promise<Result>((resolve, reject) => {
        driver.post(() => void simulation(driver).then(resolve, reject));
        this.pump(reject);
      });
    } finally {
      this.#isOver = true;
      this.#current = undefined;
      uninstall();
    }
  }

  schedule(process: VirtualProcess, phase: Phase, delayMs: number, run: () => void): Event {
    this.#order += 1;
    const event = {
      at: this.now + Math.max(0, delayMs),
      phase: PHASES[phase],
      order: this.#order,
      process,
      run,
      isCancelled: false,
    };
    this.#queue.push(event);
    return event;
  }

  /** Runs a batch of events. Each has a real turn of its own, so promises settle before the next one. */
  private pump(reject: (error: unknown) => void): void {
    for (let n = 0; n < BATCH; n += 1) {
      setImmediate(() => {
        if (this.#isOver) return;
        try {
          this.step();
        } catch (error) {
          this.#isOver = true;
          reject(error);
        }
      });
    }
    setImmediate(() => {
      this.#current = undefined;
      if (!this.#isOver) this.pump(reject);
    });
  }

  private step(): void {
    const event = this.#queue.pop();
    if (!event) throw new Error('the simulation waits for something that no event will bring');
    const { process } = event;
    if (event.isCancelled || process.hasEnded) return;
    if (process.standsStillUntil > event.at) {
      event.at = process.standsStillUntil;
      this.#queue.push(event);
      return;
    }
    this.now = event.at;
    this.events += 1;
    this.fingerprint = Math.imul(this.fingerprint ^ (event.at * 1000), 0x5bd1e995) + event.phase;
    this.#current = process;
    event.run();
  }

  private install(): void {
    const within = <Result>(inProcess: (process: VirtualProcess) => Result, outside: () => Result): Result =>
      this.#current ? inProcess(this.#current) : outside();
    const timer = (process: VirtualProcess, ms: number, run: () => void, isRepeated: boolean) => {
      const handle = new VirtualTimer();
      const start = () => {
        handle.cancelEvent = process.clock.after(ms, () => {
          run();
          // As Node.js does: an interval starts again when it has run.
          if (isRepeated && handle.cancelEvent) start();
        });
      };
      start();
      return handle;
    };
    const globals = {
      setTimeout: (run: () => void, ms = 0) =>
        within<unknown>(
          (process) => timer(process, ms, run, false),
          () => setTimeout(run, ms),
        ),
      setInterval: (run: () => void, ms = 0) =>
        within<unknown>(
          (process) => timer(process, ms, run, true),
          () => setInterval(run, ms),
        ),
      setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) =>
        within<unknown>(
          (process) => this.schedule(process, 'immediate', 0, () => run(...args)),
          () => setImmediate(run, ...args),
        ),
      clearTimeout: clear(clearTimeout),
      clearInterval: clear(clearInterval),
    };
    Object.assign(globalThis, globals);
    performance.now = () => within(({ clock }) => clock.now(), realNow);
    Date.now = () => within(({ clock }) => clock.date(), realDate);
    Math.random = () => within(({ clock }) => clock.random(), realRandom);
  }
}

function clear(real: (timer: NodeJS.Timeout) => void): (timer: unknown) => void {
  return (timer) => {
    if (timer instanceof VirtualTimer) timer.cancel();
    else real(timer as NodeJS.Timeout);
  };
}

function uninstall(): void {
  Object.assign(globalThis, { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval });
  performance.now = realNow;
  Date.now = realDate;
  Math.random = realRandom;
}
