import './support/node-app';
import './replication.tests';
