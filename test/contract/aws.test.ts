import { startAwsTarget } from './aws-target.ts';
import { contract } from './contract.ts';

contract('AWS, iam_user', async () => await startAwsTarget());
