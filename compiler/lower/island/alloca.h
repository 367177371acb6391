/* SPDX-License-Identifier: Apache-2.0 */
/* Included by generated code, which uses it for tail calls only, and those are refused. */
