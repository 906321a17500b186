import { describeAgainstTwins } from "../support/suite.js";

describeAgainstTwins("resampling", "boxes");
