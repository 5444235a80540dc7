/** The program of a node on the stand-in, bundled by `tools/node-bundle.ts`: the tests' application, and then Meteor's start. */

import './node-app';
import '../../stand-in/main';
