// Scheme 2: gateway and softphone send each other sound and picture.
import { defineCalls } from "./calls.mjs";

defineCalls(2);
