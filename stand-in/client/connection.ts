/** The page's connection to the node that has served it, behind the stand-ins for `meteor/meteor` and `meteor/mongo`. */

import { DdpClient } from '../ddp-client';

export const connection = new DdpClient(location.origin, WebSocket);
