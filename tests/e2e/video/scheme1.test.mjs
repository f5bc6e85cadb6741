// Scheme 1: the SIP server carries sound and picture as well.
import { defineCalls } from "./calls.mjs";

defineCalls(1);
