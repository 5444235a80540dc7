/** A logger for nodes whose lines no test reads. The simulation uses it too. */
export const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
