/**
 * The choice of observe drivers that Meteor 3.5 makes, for a connection of an earlier version and of the stand-in. On Meteor
 * 3.5 and later it changes nothing.
 *
 * Used by tests of change streams. A live query that takes change streams here sees nothing, as on a database where they
 * fail.
 */

import type { CheckResult, CursorDescription, MeteorConnection } from '../../src/meteor/connection';

const ORDER = ['changeStreams', 'oplog', 'polling'];

/** Called before the first collection of the connection is opened. */
export function chooseDriversAsMeteor35(connection: MeteorConnection): void {
  const { _observeChanges: observeChanges, _selectReactivityDriver: select } = connection;
  if (select || !observeChanges) return;
  connection._selectReactivityDriver = async (order, checks) => {
    for (const name of order) if ((await checks[name]?.())?.available) return name;
    return undefined;
  };
  connection._observeChanges = async function (this: MeteorConnection, description, ...rest) {
    const checks = {
      changeStreams: () => checkChangeStreams(this, description),
      oplog: () => ({ available: Boolean(this._oplogHandle) }),
      polling: () => ({ available: true }),
    };
    const chosen = await this._selectReactivityDriver?.(ORDER, checks);
    if (chosen === 'changeStreams') return openDeadLiveQuery(this, description);
    const view = chosen === 'oplog' ? this : Object.create(this, { _oplogHandle: { value: null } });
    return observeChanges.call(view, description, ...rest);
  };
}

/** Trusts what the server says of itself. */
async function checkChangeStreams(
  connection: MeteorConnection,
  { options }: CursorDescription,
): Promise<CheckResult> {
  if (connection._supportsChangeStreams === undefined) {
    const { db } = connection as unknown as {
      db: { command(command: object): Promise<Record<string, unknown>> };
    };
    const { setName, msg } = await db.command({ hello: 1 });
    connection._supportsChangeStreams = setName !== undefined || msg === 'isdbgrid';
  }
  return { available: connection._supportsChangeStreams && !options.limit };
}

let opened = 0;

function openDeadLiveQuery({ _observeMultiplexers }: MeteorConnection, description: CursorDescription) {
  opened += 1;
  const key = `dead ${opened}`;
  const _multiplexer = {
    _handles: {},
    _observeDriver: { _usesChangeStreams: true, _cursorDescription: description },
  };
  if (_observeMultiplexers) _observeMultiplexers[key] = _multiplexer;
  return { _multiplexer, stop: () => delete _observeMultiplexers?.[key] };
}
