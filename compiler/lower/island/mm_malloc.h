/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler's vector headers include this; an island allocates nothing. */
