/* What pages can do beyond what they show without a script. No request leaves the folder. */
"use strict";
