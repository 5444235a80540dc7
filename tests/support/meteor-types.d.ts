/** The parts of Meteor for the tests that `@types/meteor` does not have, or has under another name. */

declare module 'meteor/tinytest' {
  interface Assertions {
    equal(actual: unknown, expected: unknown, message?: string): void;
    notEqual(actual: unknown, expected: unknown, message?: string): void;
    isTrue(value: unknown, message?: string): void;
    isFalse(value: unknown, message?: string): void;
    isUndefined(value: unknown, message?: string): void;
    matches(actual: string, pattern: RegExp, message?: string): void;
    notMatches(actual: string, pattern: RegExp, message?: string): void;
    throws(run: () => unknown, expected?: string | RegExp): void;
    throwsAsync(run: () => Promise<unknown>, expected?: string | RegExp): Promise<void>;
  }

  export namespace Tinytest {
    function add(name: string, run: (test: Assertions) => void): void;
    function addAsync(name: string, run: (test: Assertions) => Promise<void>): void;
  }
}

declare module 'meteor/ddp' {
  export namespace DDP {
    interface DDPStatic {
      callAsync(method: string, ...parameters: unknown[]): Promise<unknown>;
    }
  }
}
