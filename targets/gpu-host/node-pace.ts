// How often Dawn's binding for Node asks whether work on the device has ended. It calls the global `setImmediate` again
// and again while a promise of a device is pending, which keeps a whole processor busy: with SwiftShader one that the
// work itself needs. Source: Dawn, src/dawn/node/binding/AsyncRunner.cpp, `AsyncRunner::QueueTick`.

/** As many questions come at once, since what is small ends within them; each of the others waits first. */
const eagerTicks = 50;
const pauseMs = 1;

export interface Pace {
  /** Lets questions come at once again, as new work has come. */
  readonly begin: () => void;
}

/** Replaces the global `setImmediate`; Dawn looks it up for each question. Node's own modules do not use the global one. */
export function paceDawn(): Pace {
  const atOnce = globalThis.setImmediate;
  let eager = eagerTicks;
  const paced = (ask: () => void): void => {
    if (eager-- > 0) atOnce(ask);
    else setTimeout(ask, pauseMs);
  };
  Object.assign(globalThis, { setImmediate: paced });
  return {
    begin() {
      eager = eagerTicks;
    },
  };
}
