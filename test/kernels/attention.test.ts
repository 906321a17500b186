import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("attention", "rotation");
