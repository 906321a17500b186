import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("recurrent");
