package main

import "github.com/spf13/cobra"

func (a *app) inventoryPinCommand() *cobra.Command { return &cobra.Command{Use: "pin FILE"} }
