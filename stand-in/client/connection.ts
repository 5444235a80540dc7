/**
 * The page's DDP connection to the node that served it.
 *
 * Used by `meteor.ts` and `mongo.ts` of this folder. Opens a WebSocket when it is imported.
 */

import { DdpClient } from '../ddp-client';

export const connection = new DdpClient(location.origin, WebSocket);
